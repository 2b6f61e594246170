-- ARGV: head, bell, id of the last change that is known, at most. Clears what has expired, counts, and gives what
-- has changed since: id, id of the one before, what, topic ...
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
