-- A session as the operator sees it; also for the routes of one session. ARGV: head.
-- Answers 0 if there is none, else 1 and what SessionReplies.view reads.
local epoch, principal, owner, expiry, bytes, dropped, known_end, done, born, will_due =
  unpack(redis.call('HMGET', session, 'e', 'p', 'o', 'x', 'b', 'k', 'a', 't', 'c', 'v'))
if not epoch or (not owner and has_passed(known_end)) then return {0} end
local found, cursors, identifiers = subscriptions()
local owed = redis.call('LLEN', queue) - tonumber(done or '0')
local ends_at = not owner and tonumber(expiry) < NEVER and known_end or '0'
local reply = {1, epoch, born == '1' and epoch or born or '0', principal, owner or '', expiry, bytes or '0', dropped or '0', owed,
  ends_at, redis.call('EXISTS', will), will_due or '0', #found / 2}
for i = 1, #found do reply[#reply + 1] = found[i] end
reply[#reply + 1] = identifiers
reply[#reply + 1] = #cursors / 2
for i = 1, #cursors do reply[#reply + 1] = cursors[i] end
return reply
