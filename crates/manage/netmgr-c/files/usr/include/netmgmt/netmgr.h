/* Configure the network: the interface of Photon's netmgmt.
 *
 * Every function that returns uint32_t returns 0, or a number of NM_ERR_. What a function hands out through a pointer to
 * a pointer is the caller's, who frees it with free(): of an array first what its elements point to, then the elements, then
 * the array. On an error these pointers are NULL and the counts 0. No pointer may be NULL unless it is said so.
 *
 * Made by cbindgen; do not edit. */

#ifndef NETMGR_H
#define NETMGR_H

#include <stddef.h>
#include <stdint.h>

/*
 The numbers of errors begin here.
 */
#define NM_BASE_ERROR 4096

/*
 A parameter that means nothing, or NULL where that is not allowed.
 */
#define NM_ERR_INVALID_PARAMETER 4097

/*
 It cannot be done here: a service or D-Bus is not there.
 */
#define NM_ERR_NOT_SUPPORTED 4098

/*
 There is no memory left.
 */
#define NM_ERR_OUT_OF_MEMORY 4099

/*
 Nothing is set.
 */
#define NM_ERR_VALUE_NOT_FOUND 4100

/*
 It is there already.
 */
#define NM_ERR_VALUE_EXISTS 4101

/*
 There is no such interface.
 */
#define NM_ERR_INVALID_INTERFACE 4102

/*
 It is no such address.
 */
#define NM_ERR_INVALID_ADDRESS 4103

/*
 A mode that does not go with the other parameters.
 */
#define NM_ERR_INVALID_MODE 4104

/*
 A file that cannot be read, or that systemd would give up.
 */
#define NM_ERR_BAD_CONFIG_FILE 4105

/*
 It could not be written, or a service refused.
 */
#define NM_ERR_WRITE_FAILED 4106

/*
 It did not happen in time.
 */
#define NM_ERR_TIME_OUT 4107

/*
 A DHCP server did not answer in time.
 */
#define NM_ERR_DHCP_TIME_OUT 4108

/*
 Where the IPv4 address of an interface comes from.
 */
typedef uint32_t NET_IPV4_ADDR_MODE;

/*
 Kinds of addresses; where several are asked for, their sum.
 */
typedef uint32_t NET_ADDR_TYPE;

/*
 An address of an interface.
 */
typedef struct NET_IP_ADDR {
  /*
   The interface.
   */
  char *pszInterfaceName;
  /*
   What kind of address it is.
   */
  NET_ADDR_TYPE type;
  /*
   The address, with the length of its prefix.
   */
  char *pszIPAddrPrefix;
} NET_IP_ADDR;

/*
 Where DNS servers come from.
 */
typedef uint32_t NET_DNS_MODE;

/*
 A rule of the packet filter's script.
 */
typedef struct NET_FW_RULE {
  /*
   4; the script has no others.
   */
  uint32_t ipVersion;
  /*
   Such as -A INPUT -p tcp --dport 22 -j ACCEPT.
   */
  char *pszRawFwRule;
} NET_FW_RULE;

/*
 Whether networkd manages a link.
 */
typedef uint32_t NET_LINK_MODE;

/*
 Whether a link is up.
 */
typedef uint32_t NET_LINK_STATE;

/*
 A link; a list of them.
 */
typedef struct NET_LINK_INFO {
  /*
   The next, or NULL.
   */
  struct NET_LINK_INFO *pNext;
  /*
   Its name.
   */
  char *pszInterfaceName;
  /*
   Its MAC address.
   */
  char *pszMacAddress;
  /*
   Its MTU.
   */
  uint32_t mtu;
  /*
   Whether networkd manages it.
   */
  NET_LINK_MODE mode;
  /*
   Whether it is up.
   */
  NET_LINK_STATE state;
} NET_LINK_INFO;

/*
 How far the destination of a route is.
 */
typedef uint32_t NET_ROUTE_SCOPE;

/*
 A static route.
 */
typedef struct NET_IP_ROUTE {
  /*
   The interface.
   */
  char *pszInterfaceName;
  /*
   The network that it leads to, with the length of its prefix.
   */
  char *pszDestNetwork;
  /*
   For packets from which network, or NULL.
   */
  char *pszSourceNetwork;
  /*
   Through which router, or NULL.
   */
  char *pszGateway;
  /*
   How far the destination is.
   */
  NET_ROUTE_SCOPE scope;
  /*
   The lower, the better; 0 leaves it to networkd.
   */
  uint32_t metric;
  /*
   In which table; 0 leaves it to networkd.
   */
  uint32_t table;
} NET_IP_ROUTE;

/*
 It does.
 */
#define LINK_AUTO 0

/*
 It leaves the link alone.
 */
#define LINK_MANUAL 1

/*
 It is not known.
 */
#define LINK_MODE_UNKNOWN 2

/*
 It is down.
 */
#define LINK_DOWN 0

/*
 It is up.
 */
#define LINK_UP 1

/*
 It is not known.
 */
#define LINK_STATE_UNKNOWN 2

/*
 There is none.
 */
#define IPV4_ADDR_MODE_NONE 0

/*
 From the configuration.
 */
#define IPV4_ADDR_MODE_STATIC 1

/*
 From a DHCP server.
 */
#define IPV4_ADDR_MODE_DHCP 2

/*
 No mode.
 */
#define IPV4_ADDR_MODE_MAX 3

/*
 IPv4, from the configuration.
 */
#define STATIC_IPV4 1

/*
 IPv6, from the configuration.
 */
#define STATIC_IPV6 2

/*
 IPv4, from a DHCP server.
 */
#define DHCP_IPV4 16

/*
 IPv6, from a DHCP server.
 */
#define DHCP_IPV6 32

/*
 IPv6, from router advertisements.
 */
#define AUTO_IPV6 64

/*
 IPv6, on this link only.
 */
#define LINK_LOCAL_IPV6 128

/*
 Any IPv4 address.
 */
#define NET_ADDR_IPV4 17

/*
 Any IPv6 address but link-local ones.
 */
#define NET_ADDR_IPV6 98

/*
 Anywhere.
 */
#define GLOBAL_ROUTE 0

/*
 On the link.
 */
#define LINK_ROUTE 1

/*
 On this host.
 */
#define HOST_ROUTE 2

/*
 No scope.
 */
#define NET_ROUTE_SCOPE_MAX 3

/*
 It is not known.
 */
#define DNS_MODE_UNKNOWN 0

/*
 From the configuration only.
 */
#define STATIC_DNS 1

/*
 From a DHCP server too.
 */
#define DHCP_DNS 2

/*
 No mode.
 */
#define DNS_MODE_MAX 3

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 Sets where the IPv4 address comes from; address and gateway may be NULL where the mode needs none.
 */
uint32_t nm_set_ipv4_addr_gateway(const char *pszInterfaceName,
                                  NET_IPV4_ADDR_MODE mode,
                                  const char *pszIPv4AddrPrefix,
                                  const char *pszIPv4Gateway);

/*
 The IPv4 address and gateway that are configured; NULL if there are none. Their pointers may be NULL.
 */
uint32_t nm_get_ipv4_addr_gateway(const char *pszInterfaceName,
                                  NET_IPV4_ADDR_MODE *pMode,
                                  char **ppszIPv4AddrPrefix,
                                  char **ppszIPv4Gateway);

/*
 Adds an IPv6 address.
 */
uint32_t nm_add_static_ipv6_addr(const char *pszInterfaceName, const char *pszIPv6AddrPrefix);

/*
 Removes an IPv6 address.
 */
uint32_t nm_delete_static_ipv6_addr(const char *pszInterfaceName, const char *pszIPv6AddrPrefix);

/*
 Sets whether a DHCPv6 server is asked and router advertisements are heeded: 0 or 1 each.
 */
uint32_t nm_set_ipv6_addr_mode(const char *pszInterfaceName, uint32_t enableDhcp, uint32_t enableAutoconf);

/*
 Whether a DHCPv6 server is asked and router advertisements are heeded. Either pointer may be NULL.
 */
uint32_t nm_get_ipv6_addr_mode(const char *pszInterfaceName,
                               uint32_t *pDhcpEnabled,
                               uint32_t *pAutoconfEnabled);

/*
 Sets the IPv6 gateway; NULL or an empty one removes it.
 */
uint32_t nm_set_ipv6_gateway(const char *pszInterfaceName, const char *pszIPv6Gateway);

/*
 The IPv6 gateway that is configured.
 */
uint32_t nm_get_ipv6_gateway(const char *pszInterfaceName, char **ppszIPv6Gateway);

/*
 The addresses of some kinds that an interface of the running system has, or with a NULL name all interfaces.
 */
uint32_t nm_get_ip_addr(const char *pszInterfaceName,
                        uint32_t addrTypes,
                        uintptr_t *pCount,
                        struct NET_IP_ADDR ***pppIpAddrList);

/*
 Works on the configuration below this directory from now on, and tells no service; "/" is the running system again.
 This is ours, for images and tests; the original has no such function.
 */
uint32_t nm_set_root(const char *directory);

/*
 Sets the IAID; 0 leaves it to networkd.
 */
uint32_t nm_set_iaid(const char *pszInterfaceName, uint32_t iaid);

/*
 The IAID that is configured.
 */
uint32_t nm_get_iaid(const char *pszInterfaceName, uint32_t *pIaid);

/*
 Sets the DUID of an interface, or of the system if the name is NULL; an empty one or NULL leaves it to networkd.
 */
uint32_t nm_set_duid(const char *pszInterfaceName,
                     const char *pszDuid);

/*
 The DUID that is configured, of an interface, or of the system if the name is NULL.
 */
uint32_t nm_get_duid(const char *pszInterfaceName, char **ppszDuid);

/*
 Sets the servers, and whether those of a DHCP server are used too.
 */
uint32_t nm_set_dns_servers(const char *pszInterfaceName,
                            NET_DNS_MODE mode,
                            uintptr_t count,
                            const char *const *ppszDnsServers);

/*
 Adds a server.
 */
uint32_t nm_add_dns_server(const char *pszInterfaceName, const char *pszDnsServer);

/*
 Removes a server.
 */
uint32_t nm_delete_dns_server(const char *pszInterfaceName, const char *pszDnsServer);

/*
 The servers, and whether those of a DHCP server are used too.
 */
uint32_t nm_get_dns_servers(const char *pszInterfaceName,
                            NET_DNS_MODE *pMode,
                            uintptr_t *pCount,
                            char ***pppszDnsServers);

/*
 Sets the domains.
 */
uint32_t nm_set_dns_domains(const char *pszInterfaceName, uintptr_t count, const char *const *ppszDnsDomains);

/*
 Adds a domain.
 */
uint32_t nm_add_dns_domain(const char *pszInterfaceName, const char *pszDnsDomain);

/*
 Removes a domain.
 */
uint32_t nm_delete_dns_domain(const char *pszInterfaceName, const char *pszDnsDomain);

/*
 The domains.
 */
uint32_t nm_get_dns_domains(const char *pszInterfaceName, uintptr_t *pCount, char ***pppszDnsDomains);

/*
 Sets what happens to packets that no rule of a chain is for.
 */
uint32_t nm_set_firewall_policy(const char *pszTable, const char *pszChain, const char *pszPolicy);

/*
 What happens to packets that no rule of a chain is for.
 */
uint32_t nm_get_firewall_policy(const char *pszTable, const char *pszChain, char **ppszPolicy);

/*
 Adds a rule.
 */
uint32_t nm_add_firewall_rule(const struct NET_FW_RULE *pNetFwRule);

/*
 Removes a rule.
 */
uint32_t nm_delete_firewall_rule(const struct NET_FW_RULE *pNetFwRule);

/*
 The rules.
 */
uint32_t nm_get_firewall_rules(uintptr_t *pCount, struct NET_FW_RULE ***pppNetFwRules);

/*
 Sets the host name.
 */
uint32_t nm_set_hostname(const char *pszHostname);

/*
 The host name that is configured.
 */
uint32_t nm_get_hostname(char **ppszHostname);

/*
 Makes sure that an interface has a file of its own, and tells its path.
 */
uint32_t nm_touch_network_conf_file(const char *pszInterfaceName, char **ppszFilename);

/*
 Sets the MAC address.
 */
uint32_t nm_set_link_mac_addr(const char *pszInterfaceName, const char *pszMacAddress);

/*
 The MAC address: of a running system the one in use.
 */
uint32_t nm_get_link_mac_addr(const char *pszInterfaceName, char **ppszMacAddress);

/*
 Sets whether networkd manages the link.
 */
uint32_t nm_set_link_mode(const char *pszInterfaceName, NET_LINK_MODE mode);

/*
 Whether networkd manages the link.
 */
uint32_t nm_get_link_mode(const char *pszInterfaceName, NET_LINK_MODE *pMode);

/*
 Sets the MTU.
 */
uint32_t nm_set_link_mtu(const char *pszInterfaceName, uint32_t mtu);

/*
 The MTU: of a running system the one in use.
 */
uint32_t nm_get_link_mtu(const char *pszInterfaceName, uint32_t *pMtu);

/*
 Brings a link of the running system up or down.
 */
uint32_t nm_set_link_state(const char *pszInterfaceName, NET_LINK_STATE state);

/*
 Whether a link of the running system is up.
 */
uint32_t nm_get_link_state(const char *pszInterfaceName, NET_LINK_STATE *pState);

/*
 Brings a link of the running system up.
 */
uint32_t nm_ifup(const char *pszInterfaceName);

/*
 Brings a link of the running system down.
 */
uint32_t nm_ifdown(const char *pszInterfaceName);

/*
 A list with one link of the running system, or with all if the name is NULL; to be freed by nm_free_link_info.
 */
uint32_t nm_get_link_info(const char *pszInterfaceName,
                          struct NET_LINK_INFO **ppLinkInfo);

/*
 Frees a list of links; NULL is none.
 */
void nm_free_link_info(struct NET_LINK_INFO *pNetLinkInfo);

/*
 Sets the servers.
 */
uint32_t nm_set_ntp_servers(uintptr_t count, const char *const *ppszNtpServers);

/*
 Adds servers.
 */
uint32_t nm_add_ntp_servers(uintptr_t count, const char *const *ppszNtpServers);

/*
 Removes servers.
 */
uint32_t nm_delete_ntp_servers(uintptr_t count, const char *const *ppszNtpServers);

/*
 The servers.
 */
uint32_t nm_get_ntp_servers(uintptr_t *pCount, char ***pppszNtpServers);

/*
 Sets Section_Key of an interface, or of a file given by its path; + before it adds a value, - removes one, and NULL or
 an empty value removes the setting.
 */
uint32_t nm_set_network_param(const char *pszObjectName,
                              const char *pszParamName,
                              const char *pszParamValue);

/*
 The values of Section_Key, with spaces between them.
 */
uint32_t nm_get_network_param(const char *pszObjectName, const char *pszParamName, char **ppszParamValue);

/*
 Adds a static route.
 */
uint32_t nm_add_static_ip_route(const struct NET_IP_ROUTE *pRoute);

/*
 Removes a static route: those to this destination, and where they are given with this gateway, source, metric and
 table.
 */
uint32_t nm_delete_static_ip_route(const struct NET_IP_ROUTE *pRoute);

/*
 The static routes of an interface.
 */
uint32_t nm_get_static_ip_routes(const char *pszInterfaceName,
                                 uintptr_t *pCount,
                                 struct NET_IP_ROUTE ***pppRouteList);

/*
 Stops systemd-networkd; what it has configured stays.
 */
uint32_t nm_stop_network_service(void);

/*
 Restarts systemd-networkd.
 */
uint32_t nm_restart_network_service(void);

/*
 Stops systemd-resolved.
 */
uint32_t nm_stop_dns_service(void);

/*
 Restarts systemd-resolved.
 */
uint32_t nm_restart_dns_service(void);

/*
 Stops systemd-timesyncd.
 */
uint32_t nm_stop_ntp_service(void);

/*
 Restarts systemd-timesyncd.
 */
uint32_t nm_restart_ntp_service(void);

/*
 Has the unit iptables read its script anew.
 */
uint32_t nm_reload_firewall_config(void);

/*
 Waits until a link of the running system is up; a timeout of 0 is for ever.
 */
uint32_t nm_wait_for_link_up(const char *pszInterfaceName, uint32_t timeout);

/*
 Waits until a link of the running system has an address of one of these kinds; a timeout of 0 is for ever.
 */
uint32_t nm_wait_for_ip(const char *pszInterfaceName, uint32_t timeout, uint32_t addrTypes);

/*
 What an error means. Other numbers are those of errno.
 */
const char *nm_get_error_info(uint32_t nmErrCode);

/*
 A state in a word: up, down, unknown.
 */
const char *nm_link_state_to_string(NET_LINK_STATE state);

/*
 A mode in a word: auto, manual, unknown.
 */
const char *nm_link_mode_to_string(NET_LINK_MODE mode);

/*
 A kind of address in words.
 */
const char *nm_ip_addr_type_to_string(NET_ADDR_TYPE addrType);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* NETMGR_H */
