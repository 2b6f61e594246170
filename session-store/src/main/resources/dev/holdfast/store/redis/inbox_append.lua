-- KEYS: a gateway's inbox, how many entries it has had. ARGV: deadline, whether repeated, most entries, ttl ms, nonce,
-- notes. Entries are numbered, so that their reader sees what it has missed; reading the last one to number the next
-- would bring its notes into Lua. Those that have been read are gone.
local inbox = KEYS[1]
if ARGV[2] == '1' then
  local some = redis.call('XREVRANGE', inbox, '+', '-', 'COUNT', 1000)
  for i = 1, #some do
    if some[i][2][4] == ARGV[5] then return {1} end
  end
end
local number = redis.call('INCR', KEYS[2])
redis.call('XADD', inbox, 'MAXLEN', '~', ARGV[3], '*', 'b', number, 'n', ARGV[5], 'm', ARGV[6])
if number == 1 or number % 1024 == 0 then
  redis.call('PEXPIRE', inbox, ARGV[4])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end
return {1}
