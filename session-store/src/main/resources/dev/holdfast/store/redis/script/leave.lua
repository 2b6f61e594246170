-- Forgets an attach that has ended. KEYS: the attaches that a gateway holds. ARGV: head, nonce and client id, the term in which
-- the end was known. In a later term Redis may have lost the end, and only this set leads to the session: the attach stays. An
-- attach that stays for nothing does no harm.
if term == tonumber(ARGV[3]) then redis.call('SREM', KEYS[1], ARGV[2]) end
return {1}
