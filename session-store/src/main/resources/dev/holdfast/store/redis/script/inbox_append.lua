-- Appends an entry to the inbox of a gateway, and gives a new inbox its TTL; a plain XADD is used where there is one already.
-- KEYS: the inbox. ARGV: head, most entries, ttl ms, number and name of the writer, notes.
local made = redis.call('EXISTS', KEYS[1]) == 0
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'b', ARGV[4], 'n', ARGV[5], 'm', ARGV[6])
if made then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return {1}
