// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include <map>

namespace retryscope::fuzz {
namespace {

std::map<std::string, Target> &targets()
{
    static std::map<std::string, Target> all;
    return all;
}

Target chosen = nullptr;

} // namespace

bool add(const std::string &name, Target target) { return targets().emplace(name, target).second; }

} // namespace retryscope::fuzz

using namespace retryscope;

extern "C" int LLVMFuzzerInitialize(int *, char ***argv)
{
    const std::string path = (*argv)[0], prefix = "fuzz_";
    const std::string name = path.substr(path.find_last_of('/') + 1);
    const auto target = fuzz::targets().find(name.starts_with(prefix) ? name.substr(prefix.size()) : name);
    if (target == fuzz::targets().end()) {
        std::fprintf(stderr, "%s is no target. Run one of these by its own name:\n", name.c_str());
        for (const auto &[known, run] : fuzz::targets())
            std::fprintf(stderr, "  %s%s\n", prefix.c_str(), known.c_str());
        std::exit(2);
    }
    fuzz::chosen = target->second;
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) { return fuzz::chosen(data, size); }
