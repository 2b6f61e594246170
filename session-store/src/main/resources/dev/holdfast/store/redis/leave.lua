-- KEYS: the attaches a gateway holds. ARGV: head, nonce and client id of one that has ended.
redis.call('SREM', KEYS[1], ARGV[2])
return {1}
