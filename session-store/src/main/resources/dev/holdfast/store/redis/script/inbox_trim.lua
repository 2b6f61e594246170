-- KEYS: a gateway's inbox. ARGV: head, ttl ms, the id after that of the last entry that was read. Whoever reads sees
-- to it that the inbox lives on.
redis.call('XTRIM', KEYS[1], 'MINID', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {1}
