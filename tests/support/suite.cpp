// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/suite.h"

#include <cstdio>
#include <map>
#include <string>

namespace suite {
namespace {

std::map<std::string, Main> &tests()
{
    static std::map<std::string, Main> all;
    return all;
}

std::string nameOf(const std::string &path)
{
    const auto from = path.find_last_of('/') + 1; // 0 where there is none
    return path.substr(from, path.find_last_of('.') > from ? path.find_last_of('.') - from : std::string::npos);
}

} // namespace

bool add(const char *file, Main main) { return tests().emplace(nameOf(file), main).second; }

} // namespace suite

int main(int argc, char **argv)
{
    const auto test = suite::tests().find(suite::nameOf(argv[0]));
    if (test != suite::tests().end())
        return test->second(argc, argv);
    std::fputs("Run one of these by its own name:\n", stderr);
    for (const auto &[name, main] : suite::tests())
        std::fprintf(stderr, "  %s\n", name.c_str());
    return 2;
}
