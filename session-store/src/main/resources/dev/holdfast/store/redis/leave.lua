-- KEYS: the sessions a gateway holds. ARGV: deadline, client id, nonce of the attach that has ended.
if redis.call('HGET', KEYS[1], ARGV[2]) == ARGV[3] then redis.call('HDEL', KEYS[1], ARGV[2]) end
return {1}
