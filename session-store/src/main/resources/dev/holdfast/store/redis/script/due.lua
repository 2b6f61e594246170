-- The sessions of a shard that the sweep has to visit. KEYS: index shard. ARGV: head, at most, lease ms. Their visits are put off by
-- the lease, so that two sweeps seldom meet; if they do, claim.lua lets one win. Answers 1, the new score, client ids.
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])
local leased = now + tonumber(ARGV[3])
for i = 1, #due do redis.call('ZADD', KEYS[1], leased, due[i]) end
table.insert(due, 1, int(leased))
table.insert(due, 1, 1)
return due
