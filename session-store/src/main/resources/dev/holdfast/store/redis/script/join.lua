-- Notes an attach. KEYS: the attaches that a gateway holds. ARGV: head, nonce and client id, ttl ms.
redis.call('SADD', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {1}
