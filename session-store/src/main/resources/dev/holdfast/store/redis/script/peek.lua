-- Entries of a queue for the operator. ARGV: head, from seq, at most messages, at most bytes.
-- Answers 0 if there is no session, else 1 and the entries.
local epoch, owner, ends_at = unpack(redis.call('HMGET', session, 'e', 'o', 'a'))
if not epoch or (not owner and has_passed(ends_at)) then return {0} end
return entries_from({1}, queue, tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]))
