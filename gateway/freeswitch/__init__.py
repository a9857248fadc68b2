"""The FreeSWITCH side: ESL words, the outbound event socket server, JSON CDRs."""
