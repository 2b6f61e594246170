-- ARGV: head, gateway, lease ms, skews. Whoever comes too late and has been buried gets 0; who is not known at all, since Redis
-- has lost it, is taken in again and gets 2. Behind it the highest term that is known, and the skews.
local known = redis.call('ZSCORE', leases, ARGV[2])
if not known and redis.call('ZSCORE', dead, ARGV[2]) then return {1, 0, 0} end
redis.call('ZADD', leases, now + tonumber(ARGV[3]), ARGV[2])
return with_skews({1, known and 1 or 2, agree()}, 4)
