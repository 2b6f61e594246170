-- KEYS: the attaches a gateway holds. ARGV: head, nonce and client id of one that has ended, term in which that was known.
-- In a later one Redis may have lost how it ended: then it is found by this mark alone. One that is left behind does no harm.
if term == tonumber(ARGV[3]) then redis.call('SREM', KEYS[1], ARGV[2]) end
return {1}
