// The --stats block of the report.
#include <algorithm>

#include "app/cli/columns.h"
#include "app/cli/report.h"
#include "engine/base/text.h"

namespace g5ksync::app {
namespace {

using Row = std::vector<std::string>;

std::string seconds_text(std::uint64_t micros) { return base::human_duration(static_cast<double>(micros) / 1e6); }

Row row_of(const HostStatus& host) {
  const proto::Counters& counters = host.counters;
  return {base::printable(host.name),
          grouped(counters.files_written),
          base::human_bytes(counters.bytes_written),
          grouped(counters.files_skipped),
          grouped(counters.deleted),
          base::human_bytes(host.bytes_out),
          base::human_bytes(host.bytes_in),
          base::human_bytes(host.agent_bytes),
          base::human_bytes(host.agent_peak_memory),
          seconds_text(host.agent_cpu_micros),
          base::human_duration(host.seconds)};
}

/// Everything added up, but for memory and time: of those the largest.
HostStatus total_of(const RunStatus& run) {
  HostStatus total;
  total.name = "total";
  for (const HostStatus& host : run.hosts) {
    total.counters.files_written += host.counters.files_written;
    total.counters.bytes_written += host.counters.bytes_written;
    total.counters.files_skipped += host.counters.files_skipped;
    total.counters.deleted += host.counters.deleted;
    total.counters.files_copied += host.counters.files_copied;
    total.counters.bytes_copied += host.counters.bytes_copied;
    total.bytes_out += host.bytes_out;
    total.bytes_in += host.bytes_in;
    total.agent_bytes += host.agent_bytes;
    total.agent_peak_memory = std::max(total.agent_peak_memory, host.agent_peak_memory);
    total.agent_cpu_micros += host.agent_cpu_micros;
    total.seconds = std::max(total.seconds, host.seconds);
  }
  return total;
}

}  // namespace

std::string stats_block(const RunStatus& run) {
  const HostStatus total = total_of(run);
  std::string text = "listed:  " + grouped(run.entries) + " entries, " + grouped(run.files) + " files, " +
                     base::human_bytes(run.bytes) + "\n";
  text += "packed:  " + base::human_bytes(run.encoded_raw) + " to " + base::human_bytes(run.encoded_packed) +
          ", once for all hosts\n";
  text += "sent:    " + base::human_bytes(total.bytes_out) + " to all hosts, of them " +
          base::human_bytes(total.agent_bytes) + " agent\n";
  if (total.counters.files_copied > 0)
    text += "copied:  " + grouped(total.counters.files_copied) + " files, " +
            base::human_bytes(total.counters.bytes_copied) + ", from other names on their hosts\n";
  std::vector<Row> rows{
      {"host", "files", "content", "up to date", "deleted", "sent", "received", "agent", "memory", "cpu", "time"}};
  for (const HostStatus& host : run.hosts) rows.push_back(row_of(host));
  if (run.hosts.size() > 1) rows.push_back(row_of(total));
  return text + table(rows, {Align::left});
}

}  // namespace g5ksync::app
