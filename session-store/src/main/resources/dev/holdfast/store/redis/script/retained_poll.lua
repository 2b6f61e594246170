-- Removes expired messages and gives the changes of a shard. ARGV: head, bell, id of the last change that the caller knows, at
-- most. Answers 1, how many messages there are, then for each change its id, the id of the one before, + or -, and the topic.
purge(ARGV[2])
local reply = {1, redis.call('HLEN', kept)}
local changes = redis.call('XRANGE', feed, '(' .. ARGV[3] .. '-0', '+', 'COUNT', ARGV[4])
for i = 1, #changes do
  local fields = changes[i][2]
  reply[#reply + 1] = string.sub(changes[i][1], 1, -3)
  reply[#reply + 1] = fields[2]
  reply[#reply + 1] = fields[4]
  reply[#reply + 1] = fields[6]
end
return reply
