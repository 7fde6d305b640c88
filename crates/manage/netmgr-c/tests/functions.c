/* Every function of netmgr.h: on the tree below argv[2], or with "live" on the namespace that this runs in. */
#include <errno.h>
#include <netmgr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

static void check(int good, const char *what, int line)
{
    if (good)
        return;
    fprintf(stderr, "line %d: %s\n", line, what);
    failures++;
}

#define CHECK(good) check((good) != 0, #good, __LINE__)
#define OK(call) is(call, 0, #call, __LINE__)
#define FAILS(call, error) is(call, error, #call, __LINE__)

static void is(uint32_t got, uint32_t wanted, const char *what, int line)
{
    if (got != wanted) {
        fprintf(stderr, "line %d: %s is %u (%s), not %u\n", line, what, got, nm_get_error_info(got), wanted);
        failures++;
    }
}

static int same(char *got, const char *wanted)
{
    int equal = got && strcmp(got, wanted) == 0;
    if (!equal)
        fprintf(stderr, "%s is not %s\n", got ? got : "NULL", wanted);
    free(got);
    return equal;
}

static int list_is(size_t count, char **list, const char *wanted)
{
    char joined[256] = "";
    for (size_t i = 0; i < count; i++) {
        strcat(strcat(joined, i ? " " : ""), list[i]);
        free(list[i]);
    }
    free(list);
    return same(strdup(joined), wanted);
}

static void words(void)
{
    CHECK(!strcmp(nm_get_error_info(NM_ERR_VALUE_NOT_FOUND), "value not found"));
    CHECK(!strcmp(nm_get_error_info(NM_ERR_DHCP_TIME_OUT), "timed out waiting for DHCP"));
    CHECK(!strcmp(nm_get_error_info(ENOENT), strerror(ENOENT)));
    CHECK(nm_get_error_info(4109) && nm_get_error_info(0) && nm_get_error_info(UINT32_MAX));
    CHECK(!strcmp(nm_link_state_to_string(LINK_UP), "up") && !strcmp(nm_link_state_to_string(77), "unknown"));
    CHECK(!strcmp(nm_link_mode_to_string(LINK_MANUAL), "manual") && !strcmp(nm_link_mode_to_string(9), "unknown"));
    CHECK(!strcmp(nm_ip_addr_type_to_string(AUTO_IPV6), "IPv6 autoconf"));
    CHECK(!strcmp(nm_ip_addr_type_to_string(3), "Unknown addrtype"));
}

static void links(const char *root)
{
    char *text, path[512];
    uint32_t number;
    OK(nm_touch_network_conf_file("eth0", &text));
    snprintf(path, sizeof path, "%s/etc/systemd/network/00-eth0.network", root);
    CHECK(same(text, path));
    FAILS(nm_get_link_mac_addr("eth0", &text), NM_ERR_VALUE_NOT_FOUND);
    CHECK(text == NULL);
    OK(nm_set_link_mac_addr("eth0", "00:11:22:33:44:55"));
    OK(nm_get_link_mac_addr("eth0", &text));
    CHECK(same(text, "00:11:22:33:44:55"));
    FAILS(nm_set_link_mac_addr("eth0", "zz"), NM_ERR_INVALID_ADDRESS);
    OK(nm_set_link_mode("eth0", LINK_MANUAL));
    OK(nm_get_link_mode("eth0", &number));
    CHECK(number == LINK_MANUAL);
    OK(nm_set_link_mode("eth0", LINK_AUTO));
    OK(nm_get_link_mode("eth0", &number));
    CHECK(number == LINK_AUTO);
    FAILS(nm_set_link_mode("eth0", LINK_MODE_UNKNOWN), NM_ERR_INVALID_PARAMETER);
    OK(nm_set_link_mtu("eth0", 1400));
    OK(nm_get_link_mtu("eth0", &number));
    CHECK(number == 1400);
    FAILS(nm_set_link_mtu("eth/0", 1400), NM_ERR_INVALID_INTERFACE);
}

static void addresses(void)
{
    char *address, *gateway;
    uint32_t mode, dhcp, autoconf;
    OK(nm_set_ipv4_addr_gateway("eth0", IPV4_ADDR_MODE_STATIC, "10.0.0.5/24", "10.0.0.1"));
    OK(nm_get_ipv4_addr_gateway("eth0", &mode, &address, &gateway));
    CHECK(mode == IPV4_ADDR_MODE_STATIC && same(address, "10.0.0.5/24") && same(gateway, "10.0.0.1"));
    OK(nm_get_ipv4_addr_gateway("eth0", &mode, NULL, NULL));
    FAILS(nm_set_ipv4_addr_gateway("eth0", IPV4_ADDR_MODE_STATIC, "10.0.0.500/24", NULL), NM_ERR_INVALID_MODE);
    FAILS(nm_set_ipv4_addr_gateway("eth0", IPV4_ADDR_MODE_STATIC, "10.0.0.5/33", NULL), NM_ERR_INVALID_ADDRESS);
    FAILS(nm_set_ipv4_addr_gateway("eth0", IPV4_ADDR_MODE_STATIC, NULL, NULL), NM_ERR_INVALID_MODE);
    FAILS(nm_set_ipv4_addr_gateway("eth0", IPV4_ADDR_MODE_MAX, NULL, NULL), NM_ERR_INVALID_MODE);
    OK(nm_set_ipv4_addr_gateway("eth0", IPV4_ADDR_MODE_DHCP, NULL, NULL));
    OK(nm_get_ipv4_addr_gateway("eth0", &mode, &address, &gateway));
    CHECK(mode == IPV4_ADDR_MODE_DHCP && !address && !gateway);
    OK(nm_add_static_ipv6_addr("eth0", "2001:db8::5/64"));
    FAILS(nm_add_static_ipv6_addr("eth0", "2001:db8::5/64"), NM_ERR_VALUE_EXISTS);
    OK(nm_delete_static_ipv6_addr("eth0", "2001:db8::5/64"));
    FAILS(nm_delete_static_ipv6_addr("eth0", "2001:db8::5/64"), NM_ERR_VALUE_NOT_FOUND);
    OK(nm_set_ipv6_addr_mode("eth0", 1, 0));
    OK(nm_get_ipv6_addr_mode("eth0", &dhcp, &autoconf));
    CHECK(dhcp == 1 && autoconf == 0);
    FAILS(nm_set_ipv6_addr_mode("eth0", 2, 0), NM_ERR_INVALID_PARAMETER);
    FAILS(nm_get_ipv6_gateway("eth0", &gateway), NM_ERR_VALUE_NOT_FOUND);
    OK(nm_set_ipv6_gateway("eth0", "2001:db8::1"));
    OK(nm_get_ipv6_gateway("eth0", &gateway));
    CHECK(same(gateway, "2001:db8::1"));
    OK(nm_set_ipv6_gateway("eth0", NULL));
    FAILS(nm_set_ipv6_gateway("eth0", ""), NM_ERR_VALUE_NOT_FOUND);
}

static void routes(void)
{
    NET_IP_ROUTE route = {"eth0", "10.7.0.0/16", NULL, "10.0.0.2", GLOBAL_ROUTE, 70, 9};
    NET_IP_ROUTE **list;
    size_t count;
    OK(nm_get_static_ip_routes("eth0", &count, &list));
    CHECK(count == 0 && list == NULL);
    OK(nm_add_static_ip_route(&route));
    FAILS(nm_add_static_ip_route(&route), NM_ERR_VALUE_EXISTS);
    OK(nm_get_static_ip_routes("eth0", &count, &list));
    CHECK(count == 1 && list[0]->metric == 70 && list[0]->table == 9 && list[0]->scope == GLOBAL_ROUTE);
    CHECK(same(list[0]->pszInterfaceName, "eth0") && same(list[0]->pszDestNetwork, "10.7.0.0/16"));
    CHECK(same(list[0]->pszGateway, "10.0.0.2") && !list[0]->pszSourceNetwork);
    free(list[0]);
    free(list);
    OK(nm_delete_static_ip_route(&route));
    FAILS(nm_delete_static_ip_route(&route), NM_ERR_VALUE_NOT_FOUND);
    route.scope = NET_ROUTE_SCOPE_MAX;
    FAILS(nm_add_static_ip_route(&route), NM_ERR_INVALID_PARAMETER);
    route.scope = LINK_ROUTE;
    route.pszDestNetwork = NULL;
    FAILS(nm_add_static_ip_route(&route), NM_ERR_INVALID_PARAMETER);
}

static void dns(const char *interface)
{
    const char *servers[] = {"1.1.1.1", "9.9.9.9"}, *domains[] = {"a.example", "~b.example"}, *hole[] = {"1.1.1.1", NULL};
    char **list;
    size_t count;
    uint32_t mode;
    OK(nm_set_dns_servers(interface, STATIC_DNS, 2, servers));
    OK(nm_add_dns_server(interface, "8.8.8.8"));
    FAILS(nm_add_dns_server(interface, "8.8.8.8"), NM_ERR_VALUE_EXISTS);
    OK(nm_delete_dns_server(interface, "9.9.9.9"));
    OK(nm_get_dns_servers(interface, &mode, &count, &list));
    CHECK(mode == STATIC_DNS && list_is(count, list, "1.1.1.1 8.8.8.8"));
    FAILS(nm_set_dns_servers(interface, STATIC_DNS, 0, NULL), NM_ERR_INVALID_MODE);
    FAILS(nm_set_dns_servers(interface, DNS_MODE_UNKNOWN, 2, servers), NM_ERR_INVALID_MODE);
    FAILS(nm_set_dns_servers(interface, STATIC_DNS, 2, NULL), NM_ERR_INVALID_PARAMETER);
    FAILS(nm_set_dns_servers(interface, STATIC_DNS, 2, hole), NM_ERR_INVALID_PARAMETER);
    FAILS(nm_set_dns_servers(interface, STATIC_DNS, SIZE_MAX, servers), NM_ERR_INVALID_PARAMETER);
    OK(nm_set_dns_servers(interface, DHCP_DNS, 0, NULL));
    OK(nm_get_dns_servers(interface, &mode, &count, &list));
    CHECK(mode == DHCP_DNS && count == 0 && list == NULL);
    OK(nm_set_dns_domains(interface, 2, domains));
    OK(nm_add_dns_domain(interface, "c.example"));
    OK(nm_delete_dns_domain(interface, "a.example"));
    FAILS(nm_delete_dns_domain(interface, "a.example"), NM_ERR_VALUE_NOT_FOUND);
    OK(nm_get_dns_domains(interface, &count, &list));
    CHECK(list_is(count, list, "~b.example c.example"));
}

static void dhcp(const char *interface)
{
    char *duid;
    FAILS(nm_get_duid(interface, &duid), NM_ERR_VALUE_NOT_FOUND);
    OK(nm_set_duid(interface, "00:03:00:01:02:11:22:33:44:55"));
    OK(nm_get_duid(interface, &duid));
    CHECK(same(duid, "00:03:00:01:02:11:22:33:44:55"));
    FAILS(nm_set_duid(interface, "nonsense"), NM_ERR_INVALID_PARAMETER);
    OK(nm_set_duid(interface, NULL));
    FAILS(nm_get_duid(interface, &duid), NM_ERR_VALUE_NOT_FOUND);
}

static void ntp(void)
{
    const char *servers[] = {"a.example", "b.example"}, *more[] = {"c.example"};
    char **list;
    size_t count;
    OK(nm_set_ntp_servers(2, servers));
    OK(nm_add_ntp_servers(1, more));
    FAILS(nm_add_ntp_servers(1, more), NM_ERR_VALUE_EXISTS);
    OK(nm_delete_ntp_servers(2, servers));
    OK(nm_get_ntp_servers(&count, &list));
    CHECK(list_is(count, list, "c.example"));
    FAILS(nm_delete_ntp_servers(1, NULL), NM_ERR_INVALID_PARAMETER);
}

static void firewall(void)
{
    NET_FW_RULE rule = {4, "-A INPUT -p icmp -j ACCEPT"}, bad = {4, "-A INPUT; reboot"}, six = {6, "-A INPUT -j DROP"};
    NET_FW_RULE **list;
    size_t count;
    char *policy;
    FAILS(nm_get_firewall_policy("filter", "INPUT", &policy), NM_ERR_VALUE_NOT_FOUND);
    OK(nm_set_firewall_policy("filter", "INPUT", "ACCEPT"));
    OK(nm_set_firewall_policy("filter", "INPUT", "DROP"));
    OK(nm_get_firewall_policy("filter", "INPUT", &policy));
    CHECK(same(policy, "DROP"));
    FAILS(nm_set_firewall_policy("filter", "INPUT", "$(id)"), NM_ERR_INVALID_PARAMETER);
    OK(nm_add_firewall_rule(&rule));
    FAILS(nm_add_firewall_rule(&rule), NM_ERR_VALUE_EXISTS);
    FAILS(nm_add_firewall_rule(&bad), NM_ERR_INVALID_PARAMETER);
    FAILS(nm_add_firewall_rule(&six), NM_ERR_NOT_SUPPORTED);
    OK(nm_get_firewall_rules(&count, &list));
    CHECK(count == 2 && list[1]->ipVersion == 4);
    CHECK(same(list[0]->pszRawFwRule, "-P INPUT DROP") && same(list[1]->pszRawFwRule, rule.pszRawFwRule));
    free(list[0]);
    free(list[1]);
    free(list);
    OK(nm_delete_firewall_rule(&rule));
    FAILS(nm_delete_firewall_rule(&rule), NM_ERR_VALUE_NOT_FOUND);
}

static void others(void)
{
    char *text;
    uint32_t iaid;
    FAILS(nm_get_iaid("eth0", &iaid), NM_ERR_VALUE_NOT_FOUND);
    OK(nm_set_iaid("eth0", 7));
    OK(nm_get_iaid("eth0", &iaid));
    CHECK(iaid == 7);
    OK(nm_set_iaid("eth0", 0));
    FAILS(nm_get_hostname(&text), NM_ERR_VALUE_NOT_FOUND);
    OK(nm_set_hostname("web-1"));
    OK(nm_get_hostname(&text));
    CHECK(same(text, "web-1"));
    FAILS(nm_set_hostname("a;b"), NM_ERR_INVALID_PARAMETER);
    OK(nm_set_network_param("eth0", "Network_LLDP", "yes"));
    OK(nm_set_network_param("eth0", "+Network_NTP", "a.example"));
    OK(nm_get_network_param("eth0", "Network_LLDP", &text));
    CHECK(same(text, "yes"));
    OK(nm_set_network_param("eth0", "Network_LLDP", NULL));
    FAILS(nm_get_network_param("eth0", "Network_LLDP", &text), NM_ERR_VALUE_NOT_FOUND);
    FAILS(nm_set_network_param("/etc/passwd", "A_B", "c"), NM_ERR_INVALID_PARAMETER);
}

/* What needs a running system says so on a tree. */
static void only_live(void)
{
    NET_LINK_INFO *info;
    NET_IP_ADDR **list;
    size_t count;
    uint32_t state;
    FAILS(nm_set_link_state("eth0", LINK_UP), NM_ERR_NOT_SUPPORTED);
    FAILS(nm_get_link_state("eth0", &state), NM_ERR_NOT_SUPPORTED);
    CHECK(state == LINK_STATE_UNKNOWN);
    FAILS(nm_ifup("eth0"), NM_ERR_NOT_SUPPORTED);
    FAILS(nm_ifdown("eth0"), NM_ERR_NOT_SUPPORTED);
    FAILS(nm_get_link_info(NULL, &info), NM_ERR_NOT_SUPPORTED);
    FAILS(nm_get_ip_addr("eth0", STATIC_IPV4, &count, &list), NM_ERR_NOT_SUPPORTED);
    FAILS(nm_wait_for_link_up("eth0", 1), NM_ERR_NOT_SUPPORTED);
    FAILS(nm_wait_for_ip("eth0", 1, STATIC_IPV4), NM_ERR_NOT_SUPPORTED);
    FAILS(nm_stop_network_service(), NM_ERR_NOT_SUPPORTED);
    FAILS(nm_restart_network_service(), NM_ERR_NOT_SUPPORTED);
    FAILS(nm_stop_dns_service(), NM_ERR_NOT_SUPPORTED);
    FAILS(nm_restart_dns_service(), NM_ERR_NOT_SUPPORTED);
    FAILS(nm_stop_ntp_service(), NM_ERR_NOT_SUPPORTED);
    FAILS(nm_restart_ntp_service(), NM_ERR_NOT_SUPPORTED);
    FAILS(nm_reload_firewall_config(), NM_ERR_NOT_SUPPORTED);
}

/* NULL wherever a pointer is taken. */
static void nulls(void)
{
    char *text;
    size_t count;
    uint32_t number;
    const uint32_t bad = NM_ERR_INVALID_PARAMETER;
    FAILS(nm_set_root(NULL), bad);
    FAILS(nm_touch_network_conf_file(NULL, &text), bad);
    FAILS(nm_touch_network_conf_file("eth0", NULL), bad);
    FAILS(nm_set_link_mac_addr(NULL, NULL), bad);
    FAILS(nm_get_link_mac_addr("eth0", NULL), bad);
    FAILS(nm_set_link_mode(NULL, LINK_AUTO), bad);
    FAILS(nm_get_link_mode("eth0", NULL), bad);
    FAILS(nm_set_link_mtu(NULL, 1), bad);
    FAILS(nm_get_link_mtu("eth0", NULL), bad);
    FAILS(nm_set_link_state(NULL, LINK_UP), bad);
    FAILS(nm_get_link_state("eth0", NULL), bad);
    FAILS(nm_ifup(NULL), bad);
    FAILS(nm_ifdown(NULL), bad);
    FAILS(nm_get_link_info(NULL, NULL), bad);
    nm_free_link_info(NULL);
    FAILS(nm_set_ipv4_addr_gateway(NULL, IPV4_ADDR_MODE_NONE, NULL, NULL), bad);
    FAILS(nm_get_ipv4_addr_gateway("eth0", NULL, NULL, NULL), bad);
    FAILS(nm_add_static_ipv6_addr("eth0", NULL), bad);
    FAILS(nm_delete_static_ipv6_addr("eth0", NULL), bad);
    FAILS(nm_set_ipv6_addr_mode(NULL, 0, 0), bad);
    FAILS(nm_get_ipv6_addr_mode(NULL, NULL, NULL), bad);
    OK(nm_get_ipv6_addr_mode("eth0", NULL, NULL));
    FAILS(nm_set_ipv6_gateway(NULL, NULL), bad);
    FAILS(nm_get_ipv6_gateway("eth0", NULL), bad);
    FAILS(nm_get_ip_addr("eth0", 1, NULL, NULL), bad);
    FAILS(nm_add_static_ip_route(NULL), bad);
    FAILS(nm_delete_static_ip_route(NULL), bad);
    FAILS(nm_get_static_ip_routes("eth0", &count, NULL), bad);
    FAILS(nm_add_dns_server(NULL, NULL), bad);
    FAILS(nm_delete_dns_server(NULL, NULL), bad);
    FAILS(nm_get_dns_servers(NULL, &number, &count, NULL), bad);
    FAILS(nm_set_dns_domains(NULL, 1, NULL), bad);
    FAILS(nm_add_dns_domain(NULL, NULL), bad);
    FAILS(nm_delete_dns_domain(NULL, NULL), bad);
    FAILS(nm_get_dns_domains(NULL, NULL, NULL), bad);
    FAILS(nm_set_iaid(NULL, 1), bad);
    FAILS(nm_get_iaid(NULL, NULL), bad);
    FAILS(nm_get_duid(NULL, NULL), bad);
    FAILS(nm_set_ntp_servers(1, NULL), bad);
    FAILS(nm_add_ntp_servers(1, NULL), bad);
    FAILS(nm_get_ntp_servers(NULL, NULL), bad);
    FAILS(nm_set_firewall_policy(NULL, NULL, NULL), bad);
    FAILS(nm_get_firewall_policy(NULL, NULL, NULL), bad);
    FAILS(nm_add_firewall_rule(NULL), bad);
    FAILS(nm_delete_firewall_rule(NULL), bad);
    FAILS(nm_get_firewall_rules(NULL, NULL), bad);
    FAILS(nm_set_hostname(NULL), bad);
    FAILS(nm_get_hostname(NULL), bad);
    FAILS(nm_wait_for_link_up(NULL, 1), bad);
    FAILS(nm_wait_for_ip(NULL, 1, 1), bad);
    FAILS(nm_set_network_param(NULL, NULL, NULL), bad);
    FAILS(nm_get_network_param("eth0", "Network_LLDP", NULL), bad);
    FAILS(nm_set_hostname("\xff\xfe"), bad);
}

/* In a namespace with a loopback device that is down. */
static void live(void)
{
    NET_LINK_INFO *info;
    NET_IP_ADDR **list;
    size_t count;
    uint32_t state, mtu;
    char *text;
    OK(nm_get_link_info(NULL, &info));
    CHECK(info && !info->pNext && !strcmp(info->pszInterfaceName, "lo") && info->state == LINK_DOWN);
    nm_free_link_info(info);
    FAILS(nm_get_link_info("nope", &info), NM_ERR_INVALID_INTERFACE);
    OK(nm_get_link_mac_addr("lo", &text));
    CHECK(same(text, "00:00:00:00:00:00"));
    OK(nm_get_link_mtu("lo", &mtu));
    CHECK(mtu == 65536);
    FAILS(nm_wait_for_link_up("lo", 1), NM_ERR_TIME_OUT);
    OK(nm_ifup("lo"));
    OK(nm_wait_for_link_up("lo", 20));
    OK(nm_get_link_state("lo", &state));
    CHECK(state == LINK_UP);
    OK(nm_wait_for_ip("lo", 20, NET_ADDR_IPV4));
    OK(nm_get_ip_addr("lo", NET_ADDR_IPV4, &count, &list));
    CHECK(count == 1 && list[0]->type == STATIC_IPV4);
    CHECK(same(list[0]->pszInterfaceName, "lo") && same(list[0]->pszIPAddrPrefix, "127.0.0.1/8"));
    free(list[0]);
    free(list);
    OK(nm_get_ip_addr(NULL, LINK_LOCAL_IPV6, &count, &list));
    CHECK(count == 0 && list == NULL);
    FAILS(nm_get_ip_addr(NULL, 0x100, &count, &list), NM_ERR_INVALID_PARAMETER);
    FAILS(nm_wait_for_ip("lo", 1, 0), NM_ERR_INVALID_PARAMETER);
    OK(nm_ifdown("lo"));
    OK(nm_set_link_state("lo", LINK_UP));
    FAILS(nm_set_link_state("lo", 5), NM_ERR_INVALID_PARAMETER);
    OK(nm_set_hostname("from-c"));
    FAILS(nm_restart_network_service(), NM_ERR_NOT_SUPPORTED);
    FAILS(nm_reload_firewall_config(), NM_ERR_NOT_SUPPORTED);
}

int main(int argc, char **argv)
{
    words();
    if (argc == 2 && !strcmp(argv[1], "live")) {
        live();
        return failures != 0;
    }
    FAILS(nm_set_root("/nonexistent"), NM_ERR_INVALID_PARAMETER);
    OK(nm_set_root(argv[1]));
    links(argv[1]);
    addresses();
    routes();
    dns("eth0");
    dns(NULL);
    dhcp("eth0");
    dhcp(NULL);
    ntp();
    firewall();
    others();
    only_live();
    nulls();
    return failures != 0;
}
