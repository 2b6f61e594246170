-- The topics of a shard. KEYS: messages by topic. ARGV: head, cursor, count. Answers 1, next cursor, topics.
local page = redis.call('HSCAN', KEYS[1], ARGV[2], 'COUNT', ARGV[3])
local reply = {1, page[1]}
for i = 1, #page[2], 2 do reply[#reply + 1] = page[2][i] end
return reply
