-- What the scripts of leases share. KEYS: leases, the dead, the term, skews.
local leases, dead, agreed, skews = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
-- Where no gateway ever comes again nothing is to stay for ever.
local TTL = MARGIN

-- Behind an answer: the time, and all leases, each with its end. Who is late is decided by those who look (Witness), since
-- this clock may jump.
local function with_leases(reply)
  local all = redis.call('ZRANGE', leases, 0, -1, 'WITHSCORES')
  reply[#reply + 1] = int(now)
  for i = 1, #all do reply[#reply + 1] = all[i] end
  return reply
end

-- The highest term that a gateway has begun, that of the caller included.
local function agree()
  local known = tonumber(redis.call('GET', agreed) or '0')
  if term > known then
    redis.call('SET', agreed, int(term), 'PX', TTL)
    return term
  end
  redis.call('PEXPIRE', agreed, TTL)
  return known
end

-- The skews of the clocks of Redis processes, by process. ARGV from some on: process, the skew that the caller knew, the one
-- that it has found. Where several have seen a clock jump, the first is believed, so that all have the same.
local function with_skews(reply, from)
  for i = from, #ARGV, 3 do
    if (redis.call('HGET', skews, ARGV[i]) or '0') == ARGV[i + 1] then redis.call('HSET', skews, ARGV[i], ARGV[i + 2]) end
  end
  redis.call('PEXPIRE', skews, TTL)
  local all = redis.call('HGETALL', skews)
  for i = 1, #all do reply[#reply + 1] = all[i] end
  return reply
end
