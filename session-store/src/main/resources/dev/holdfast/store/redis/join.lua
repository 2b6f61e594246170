-- KEYS: the sessions a gateway holds. ARGV: deadline, client id, nonce of the attach, ttl ms.
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {1}
