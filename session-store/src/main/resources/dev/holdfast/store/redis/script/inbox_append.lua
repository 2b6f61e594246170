-- KEYS: a gateway's inbox. ARGV: head, most entries, ttl ms, number and name of the writer, notes. For what a plain
-- XADD cannot do: make the stream, and be repeated for as long as it takes.
local made = redis.call('EXISTS', KEYS[1]) == 0
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'b', ARGV[4], 'n', ARGV[5], 'm', ARGV[6])
if made then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return {1}
