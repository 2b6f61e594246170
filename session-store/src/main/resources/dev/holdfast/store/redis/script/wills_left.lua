-- What is left of the wills of earlier connections, for one that is to be answered after them: those that nobody publishes are the
-- caller's now. ARGV: head, nonce, ms for publishing a will. Answers whether others publish some, then epoch, will ...
local again = replayed(ARGV[2])
if again then return again end
local reply, waiting = {1, 0}, redis.call('HGETALL', due)
for i = 1, #waiting, 2 do
  if waiting[i] ~= LEFT_LEASE then
    local state, at, attach_nonce, blob = parts_of_due(waiting[i + 1])
    if at <= now then
      set_due(waiting[i], HANDED, now + tonumber(ARGV[3]), attach_nonce, blob)
      reply[#reply + 1] = waiting[i]
      reply[#reply + 1] = blob
    else
      reply[2] = 1
    end
  end
end
if #reply > 2 then keep(ARGV[2], reply) end
return reply
