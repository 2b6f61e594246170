-- What the scripts of one shard of retained messages share. KEYS: messages by topic, topics by expiry, feed. The feed is a stream
-- of changes.
local kept, expiries, feed = KEYS[1], KEYS[2], KEYS[3]
local FEED_TTL = 3600000 -- ms
local FEED_LENGTH = 1000

-- Tells the gateways that a topic has gained (+) or lost (-) its message. The id of a change is Redis' time in microseconds, so
-- that a reader can begin "now". Each change names the one before it, so that a reader sees when it has missed some.
local function tell(what, topic, bell)
  local last = redis.call('XREVRANGE', feed, '+', '-', 'COUNT', 1)[1]
  local before = last and string.sub(last[1], 1, -3) or ''
  local id = math.max(micros(), (tonumber(before) or 0) + 1)
  redis.call('XADD', feed, 'MAXLEN', '~', FEED_LENGTH, int(id) .. '-0', 'b', before, 'o', what, 't', topic)
  redis.call('PEXPIRE', feed, FEED_TTL)
  redis.call('PUBLISH', bell, feed)
end

local function remove(topic, bell)
  if redis.call('HDEL', kept, topic) == 0 then return 0 end
  redis.call('ZREM', expiries, topic)
  tell('-', topic, bell)
  return 1
end

local function purge(bell)
  local gone = redis.call('ZRANGEBYSCORE', expiries, '-inf', now, 'LIMIT', 0, 100)
  for i = 1, #gone do
    if remove(gone[i], bell) == 0 then redis.call('ZREM', expiries, gone[i]) end
  end
end

-- When a message arrived at the first gateway, in ms; MessageCodec writes it.
local function arrival(of)
  local sum = 0
  for at = 20, 25 do sum = sum * 256 + string.byte(of, at) end
  return sum
end
