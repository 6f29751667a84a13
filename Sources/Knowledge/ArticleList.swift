/// The articles that are compiled in, in order of id: one line each.
let embeddedArticles: [(name: String, bytes: [UInt8])] = [
  ("backscatter.yaml", PackageResources.backscatter_yaml),
  ("horizontal-scan.yaml", PackageResources.horizontal_scan_yaml),
  ("icmp-error-sent-as-udp.yaml", PackageResources.icmp_error_sent_as_udp_yaml),
  ("opaserv-share-worm.yaml", PackageResources.opaserv_share_worm_yaml),
  ("ordinary-traffic.yaml", PackageResources.ordinary_traffic_yaml),
  ("reverse-name-lookup.yaml", PackageResources.reverse_name_lookup_yaml),
  ("vertical-scan.yaml", PackageResources.vertical_scan_yaml),
  ("visitor-harvesting-worm.yaml", PackageResources.visitor_harvesting_worm_yaml),
]
