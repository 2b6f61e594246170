-- Renews a TTL. KEYS: any key. ARGV: head, ttl ms.
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {1}
