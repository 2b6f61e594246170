-- KEYS: leases, the dead. ARGV: deadline, gateway, lease ms. Whoever comes too late and has been buried gets 0; who is
-- not known at all, since Redis has lost it, is taken in again and gets 2.
local known = redis.call('ZSCORE', KEYS[1], ARGV[2])
if not known and redis.call('ZSCORE', KEYS[2], ARGV[2]) then return {1, 0} end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[2])
return {1, known and 1 or 2}
