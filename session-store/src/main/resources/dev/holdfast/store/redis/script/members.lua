-- What the scripts of leases share. KEYS: leases, the dead, the term, skews.
local leases, dead, agreed, skews = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
-- The keys do not stay for ever when no gateway comes any more.
local TTL = MARGIN

-- Appends to an answer the time and all leases, each with its end. The gateways decide who is late (Witness), since this clock
-- may jump.
local function with_leases(reply)
  local all = redis.call('ZRANGE', leases, 0, -1, 'WITHSCORES')
  reply[#reply + 1] = int(now)
  for i = 1, #all do reply[#reply + 1] = all[i] end
  return reply
end

-- Answers the highest term that any gateway has begun, the caller included.
local function agree()
  local known = tonumber(redis.call('GET', agreed) or '0')
  if term > known then
    redis.call('SET', agreed, int(term), 'PX', TTL)
    return term
  end
  redis.call('PEXPIRE', agreed, TTL)
  return known
end

-- Takes in the skews that the caller has found, and appends those of all Redis processes to an answer. ARGV from an index on:
-- process, the skew that the caller knew, the skew that it has found. When several gateways have seen a clock jump, the first
-- one is believed, so that all use the same skew.
local function with_skews(reply, from)
  for i = from, #ARGV, 3 do
    if (redis.call('HGET', skews, ARGV[i]) or '0') == ARGV[i + 1] then redis.call('HSET', skews, ARGV[i], ARGV[i + 2]) end
  end
  redis.call('PEXPIRE', skews, TTL)
  local all = redis.call('HGETALL', skews)
  for i = 1, #all do reply[#reply + 1] = all[i] end
  return reply
end
