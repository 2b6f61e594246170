-- Takes the entries that a dead gateway has not read; each is handed out once. KEYS: the inbox. ARGV: head, at most. Answers 1 and
-- the notes of each entry.
local some = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[2])
local reply, known = {1}, {}
for i = 1, #some do
  redis.call('XDEL', KEYS[1], some[i][1])
  local fields = some[i][2]
  local entry = fields[2] .. fields[4]
  if not known[entry] then reply[#reply + 1] = fields[6] end
  known[entry] = true
end
return reply
