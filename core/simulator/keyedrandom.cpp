// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/keyedrandom.h"

#include <boost/math/special_functions/erf.hpp>

#include <algorithm>
#include <cmath>

namespace retryscope {

double normalAt(const DrawKey &key)
{
    using Doubles = boost::math::policies::policy<boost::math::policies::promote_double<false>>; // a third of the time
    const double u = std::clamp(uniformAt(key), 0x1.0p-53, 1.0 - 0x1.0p-53);
    return -std::sqrt(2.0) * boost::math::erfc_inv(2.0 * u, Doubles());
}

double firstTokenDraw(quint64 seed, quint64 call, int attempt)
{
    return normalAt({seed, Purpose::FirstToken, call, quint64(attempt)});
}

/// 1 - u has no more digits than u, so nothing is lost; log takes a third of the time of log1p.
double exponentialAt(const DrawKey &key) { return -std::log(1.0 - uniformAt(key)); }

} // namespace retryscope
