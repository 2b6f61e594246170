-- KEYS: a gateway's inbox. ARGV: deadline, id of the last entry that was read; it stays, for the next to name it.
redis.call('XTRIM', KEYS[1], 'MINID', ARGV[2])
return {1}
