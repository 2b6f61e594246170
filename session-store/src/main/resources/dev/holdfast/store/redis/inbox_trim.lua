-- KEYS: a gateway's inbox. ARGV: deadline, the id after that of the last entry that was read.
redis.call('XTRIM', KEYS[1], 'MINID', ARGV[2])
return {1}
