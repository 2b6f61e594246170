-- KEYS: leases, the dead. ARGV: deadline, gateway, lease ms. Whoever comes too late and has been buried gets 0.
if not redis.call('ZSCORE', KEYS[1], ARGV[2]) then return {1, 0} end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[2])
return {1, 1}
