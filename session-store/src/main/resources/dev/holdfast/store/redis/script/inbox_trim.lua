-- The reader of an inbox removes what it has read, and renews the TTL. KEYS: the inbox. ARGV: head, ttl ms, the id after that of the
-- last entry that was read.
redis.call('XTRIM', KEYS[1], 'MINID', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {1}
