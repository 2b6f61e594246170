-- The retained messages of some topics. KEYS: messages by topic. ARGV: head, topics ... Answers 1 and those that have not expired.
local reply = {1}
for i = 2, #ARGV do
  local entry = redis.call('HGET', KEYS[1], ARGV[i])
  if entry and (string.byte(entry, 2) < 128 or struct.unpack('>I6', entry, 26) > now) then
    reply[#reply + 1] = entry
  end
end
return reply
