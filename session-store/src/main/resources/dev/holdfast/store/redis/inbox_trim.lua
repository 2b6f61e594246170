-- KEYS: a gateway's inbox. ARGV: deadline, id of the last entry that was read; it stays.
redis.call('XTRIM', KEYS[1], 'MINID', ARGV[2])
return {1}
