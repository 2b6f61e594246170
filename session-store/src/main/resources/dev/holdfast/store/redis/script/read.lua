-- KEYS: session, queue. ARGV: head, epoch, from seq, at most messages, at most bytes. Answers STALE, or 1 and the entries.
local epoch, ends_at, owner, highest_read = unpack(redis.call('HMGET', KEYS[1], 'e', 'a', 'o', 'h'))
if epoch ~= ARGV[2] or (ends_at and now >= tonumber(ends_at)) then return {STALE} end
local reply = entries_from({1}, KEYS[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]))
if owner and #reply > 1 then
  -- An entry that has been read may have been sent: it does not give way to newer ones any more.
  local highest = seq_of(reply[#reply])
  if highest > tonumber(highest_read or '0') then redis.call('HSET', KEYS[1], 'h', int(highest)) end
end
return reply
