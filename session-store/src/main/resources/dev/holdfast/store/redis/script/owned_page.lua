-- KEYS: the attaches that a gateway holds. ARGV: head, cursor, count, pattern or ''. Answers 1, next cursor, attaches.
local page
if ARGV[4] == '' then page = redis.call('SSCAN', KEYS[1], ARGV[2], 'COUNT', ARGV[3])
else page = redis.call('SSCAN', KEYS[1], ARGV[2], 'MATCH', ARGV[4], 'COUNT', ARGV[3]) end
local reply = {1, page[1]}
for i = 1, #page[2] do reply[#reply + 1] = page[2][i] end
return reply
