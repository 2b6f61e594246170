-- KEYS: index shard. ARGV: head, at most, lease ms. Leases what is due, so that two sweeps seldom meet; the claim
-- itself is the session's.
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])
local leased = now + tonumber(ARGV[3])
for i = 1, #due do redis.call('ZADD', KEYS[1], leased, due[i]) end
table.insert(due, 1, string.format('%.0f', leased))
table.insert(due, 1, 1)
return due
