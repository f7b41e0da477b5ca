// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/keyedrandom.h"

#include <boost/math/constants/constants.hpp>
#include <boost/math/special_functions/erf.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace retryscope {
namespace {

/// A quantile function in cubic pieces, 32 for each halving of its argument: no logarithm, no power, and no branch that a
/// processor foresees wrongly. A piece has the function's value and slope at both its ends, so the whole has no leaps and falls
/// everywhere where the function does. Arguments: 2^-53 to 1.
class QuantilePieces
{
public:
    using Function = double (*)(double);
    /// `slope`: the derivative of `value`.
    [[gnu::cold]] QuantilePieces(Function value, Function slope)
    {
        m_pieces.back() = {value(1.0), 0.0, 0.0, 0.0};
        for (std::size_t i = 0; i + 1 < m_pieces.size(); ++i) {
            const double from = start(i), to = start(i + 1), width = to - from;
            const double at = value(from), change = value(to) - at, begins = slope(from) * width, ends = slope(to) * width;
            m_pieces[i] = {at, begins, 3 * change - 2 * begins - ends, begins + ends - 2 * change};
        }
    }
    double operator()(double argument) const
    {
        const auto bits = std::bit_cast<quint64>(argument);
        const auto &[a, b, c, d] = m_pieces[std::size_t(bits >> pieceShift) - firstPiece];
        const double t = std::bit_cast<double>(((bits << pieceBits) & mantissa) | one) - 1.0; // within the piece, 0 to 1
        return a + t * (b + t * (c + t * d));
    }

private:
    static constexpr int halvings = 53, pieceBits = 5, mantissaBits = std::numeric_limits<double>::digits - 1;
    static constexpr int pieceShift = mantissaBits - pieceBits;
    static constexpr quint64 one = std::bit_cast<quint64>(1.0), mantissa = (quint64(1) << mantissaBits) - 1;
    static constexpr std::size_t firstPiece = std::size_t((one >> pieceShift) - (quint64(halvings) << pieceBits));
    static double start(std::size_t piece) { return std::bit_cast<double>(quint64(piece + firstPiece) << pieceShift); }

    std::array<std::array<double, 4>, (std::size_t(halvings) << pieceBits) + 1> m_pieces; ///< the last is for 1 alone
};

using Doubles = boost::math::policies::policy<boost::math::policies::promote_double<false>>;

/// So far above 0 is a standard normal with `tail`, which is at most 1/2; and by how much less for more of a tail.
double normalAbove(double tail)
{
    return tail < 0.5 ? boost::math::constants::root_two<double>() * boost::math::erfc_inv(2.0 * tail, Doubles()) : 0.0;
}
double normalAboveSlope(double tail)
{
    const double z = normalAbove(tail);
    return -boost::math::constants::root_two_pi<double>() * std::exp(z * z / 2);
}

/// The share `share` of all is left after it; and its derivative.
double exponentialUntil(double share) { return -std::log(share); }
double exponentialUntilSlope(double share) { return -1.0 / share; }

} // namespace

double normalOf(double u)
{
    static const QuantilePieces above(normalAbove, normalAboveSlope);
    return std::copysign(above(std::max(std::min(u, 1.0 - u), 0x1.0p-53)), u - 0.5);
}

/// 1 - u has no more digits than u, so nothing is lost.
double exponentialOf(double u)
{
    static const QuantilePieces until(exponentialUntil, exponentialUntilSlope);
    return until(1.0 - u);
}

} // namespace retryscope
