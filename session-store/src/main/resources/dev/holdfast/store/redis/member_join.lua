-- KEYS: leases, the dead. ARGV: deadline, gateway, lease ms. An id that has been dead stays dead.
if redis.call('ZSCORE', KEYS[2], ARGV[2]) then return {1, 0} end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[2])
redis.call('PEXPIRE', KEYS[1], 2592000000)
return {1, 1}
