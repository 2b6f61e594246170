-- The keys of TLS tickets, by the time at which they were made. KEYS: the keys. ARGV: head, a fresh key, the age at which the newest is to
-- have a successor, the age at which a key is forgotten. Answers 1, then each key with its age, the newest first.
-- A key that is far from the future comes of a clock that has been set back: it would hold for as long as it is ahead.
local keys, fresh, period, life = KEYS[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
redis.call('ZREMRANGEBYSCORE', keys, '-inf', int(now - life))
redis.call('ZREMRANGEBYSCORE', keys, int(now + 60000), '+inf')
local newest = redis.call('ZREVRANGE', keys, 0, 0, 'WITHSCORES')[2]
if not newest or now - tonumber(newest) >= period then redis.call('ZADD', keys, int(now), fresh) end
redis.call('PEXPIRE', keys, int(life))
local all = redis.call('ZREVRANGE', keys, 0, -1, 'WITHSCORES')
local reply = {1}
for i = 1, #all, 2 do
  reply[#reply + 1] = all[i]
  reply[#reply + 1] = math.max(0, now - tonumber(all[i + 1]))
end
return reply
