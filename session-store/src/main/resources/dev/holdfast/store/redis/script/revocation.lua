-- What the scripts of revocations share. KEYS: revocations (name to "at until lifted"), names by version, names by end.
local entries, versions, ends = KEYS[1], KEYS[2], KEYS[3]

local function newest() return tonumber(redis.call('ZREVRANGE', versions, 0, 0, 'WITHSCORES')[2] or 0) end

local function read(name)
  local entry = redis.call('HGET', entries, name)
  if not entry then return end
  local at, till, lifted = string.match(entry, '^(%d+) (%d+) (%d)$')
  return at, till, lifted
end

-- Versions are Redis' time in microseconds, and grow: they stay comparable although all keys may be lost meanwhile.
local function put(name, at, till, lifted)
  redis.call('HSET', entries, name, at .. ' ' .. till .. ' ' .. lifted)
  redis.call('ZADD', versions, int(math.max(micros(), newest() + 1)), name)
  redis.call('ZADD', ends, till, name)
  local last = redis.call('ZREVRANGE', ends, 0, 0, 'WITHSCORES')[2]
  for i = 1, 3 do redis.call('PEXPIREAT', KEYS[i], int(tonumber(last) + MARGIN)) end
end

local function purge()
  local gone = redis.call('ZRANGEBYSCORE', ends, '-inf', int(now), 'LIMIT', 0, 100)
  if #gone == 0 then return end
  redis.call('HDEL', entries, unpack(gone))
  redis.call('ZREM', versions, unpack(gone))
  redis.call('ZREM', ends, unpack(gone))
end
