// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/keyedrandom.h"

#include <boost/math/special_functions/erf.hpp>

#include <algorithm>
#include <cmath>

namespace retryscope {
namespace {

/// The finaliser of SplitMix64.
quint64 mixed(quint64 x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

} // namespace

double uniformAt(const DrawKey &key)
{
    quint64 x = mixed(key.seed ^ (quint64(key.purpose) << 56));
    x = mixed(x ^ key.call);
    x = mixed(x ^ key.n);
    return double(x >> 11) * 0x1.0p-53;
}

double normalAt(const DrawKey &key)
{
    using Doubles = boost::math::policies::policy<boost::math::policies::promote_double<false>>; // a third of the time
    const double u = std::clamp(uniformAt(key), 0x1.0p-53, 1.0 - 0x1.0p-53);
    return -std::sqrt(2.0) * boost::math::erfc_inv(2.0 * u, Doubles());
}

double exponentialAt(const DrawKey &key) { return -std::log1p(-uniformAt(key)); }

} // namespace retryscope
