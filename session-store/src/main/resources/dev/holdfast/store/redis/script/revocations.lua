-- The changes since a version. ARGV: head, version, at most. Answers 1, whether these are all, the version of the last one, then
-- name, at, until, lifted ... If the caller's version is above all, Redis has lost data since: then everything is told.
purge()
local since, most = ARGV[2], tonumber(ARGV[3])
local last = newest()
if tonumber(since) > last then since = '0' end
local some = redis.call('ZRANGEBYSCORE', versions, '(' .. since, '+inf', 'WITHSCORES', 'LIMIT', 0, most)
local reply = {1, 1, int(last)}
for i = 1, #some, 2 do
  local at, till, lifted = read(some[i])
  if tonumber(till) > now then
    reply[#reply + 1] = some[i]
    reply[#reply + 1] = at
    reply[#reply + 1] = till
    reply[#reply + 1] = lifted
  end
  reply[3] = int(tonumber(some[i + 1]))
end
if tonumber(reply[3]) < last then reply[2] = 0 end
return reply
