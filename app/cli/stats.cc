// The --stats block of the report.
#include <algorithm>
#include <initializer_list>

#include "app/cli/columns.h"
#include "app/cli/comparison.h"
#include "app/cli/report.h"
#include "engine/base/text.h"

namespace g5ksync::app {
namespace {

using Row = std::vector<std::string>;

std::string seconds_text(std::uint64_t micros) { return base::human_duration(static_cast<double>(micros) / 1e6); }

/// What came of a host's entries.
Row outcome_heads(Task task) {
  if (only_compares(task)) return {"missing", "different", "only there"};
  return {"files", "content", "up to date", "deleted"};
}

Row outcome_cells(const proto::Counters& counters, Task task) {
  if (only_compares(task)) {
    const Differences found = differences_of(counters);
    return {grouped(found.missing), grouped(found.different), grouped(found.only_there)};
  }
  return {grouped(counters.files_written), base::human_bytes(counters.bytes_written), grouped(counters.files_skipped),
          grouped(counters.deleted)};
}

Row joined(std::initializer_list<Row> parts) {
  Row row;
  for (const Row& part : parts) row.insert(row.end(), part.begin(), part.end());
  return row;
}

Row row_of(const HostStatus& host, Task task) {
  return joined({{base::printable(host.name)},
                 outcome_cells(host.counters, task),
                 {base::human_bytes(host.bytes_out), base::human_bytes(host.bytes_in),
                  base::human_bytes(host.agent_bytes), base::human_bytes(host.agent_peak_memory),
                  seconds_text(host.agent_cpu_micros), base::human_duration(host.seconds)}});
}

/// Everything added up, but for memory and time: of those the largest.
HostStatus total_of(const RunStatus& run) {
  HostStatus total;
  total.name = "total";
  for (const HostStatus& host : run.hosts) {
    total.counters += host.counters;
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
      joined({{"host"}, outcome_heads(run.task), {"sent", "received", "agent", "memory", "cpu", "time"}})};
  for (const HostStatus& host : run.hosts) rows.push_back(row_of(host, run.task));
  if (run.hosts.size() > 1) rows.push_back(row_of(total, run.task));
  return text + table(rows, {Align::left});
}

}  // namespace g5ksync::app
