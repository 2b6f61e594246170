-- The wills of earlier connections of a client whose attach is to be answered after them: the caller is handed those that
-- nobody publishes. ARGV: head, nonce, ms for publishing a will. Answers 1, whether others publish some, then epoch, will ...
local nonce, publish_ms = ARGV[2], tonumber(ARGV[3])
local again = replayed(nonce)
if again then return again end
local reply, waiting = {1, 0}, redis.call('HGETALL', due)
for i = 1, #waiting, 2 do
  if waiting[i] ~= LEFT_LEASE then
    local state, at, attach_nonce, blob = parts_of_due(waiting[i + 1])
    if at <= now then
      set_due(waiting[i], HANDED, now + publish_ms, attach_nonce, blob)
      reply[#reply + 1] = waiting[i]
      reply[#reply + 1] = blob
    else
      reply[2] = 1
    end
  end
end
if #reply > 2 then keep(nonce, reply) end
return reply
