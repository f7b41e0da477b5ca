// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QTest>
#ifdef QT_WIDGETS_LIB
#include <QApplication>
#else
#include <QCoreApplication>
#endif

/// The tests of a folder are one program, which has the name of each of them as a hard link: tst_breaker runs what
/// tst_breaker.cpp says.
namespace suite {

#ifdef QT_WIDGETS_LIB
using Application = QApplication;
#else
using Application = QCoreApplication;
#endif
using Main = int (*)(int argc, char **argv);

/// Milliseconds that a test waits for what must come. What comes ends the wait, so it may be long: a machine may have
/// ten times the work that it has cores for.
constexpr int patience = 60'000;

bool add(const char *file, Main main);

template <typename Test> int run(int argc, char **argv)
{
    Application app(argc, argv);
    Test test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace suite

// QTest's own give up after five seconds.
#undef QTRY_VERIFY
#undef QTRY_VERIFY2
#undef QTRY_COMPARE
#define QTRY_VERIFY(expression) QTRY_VERIFY_WITH_TIMEOUT((expression), suite::patience)
#define QTRY_VERIFY2(expression, text) QTRY_VERIFY2_WITH_TIMEOUT((expression), (text), suite::patience)
#define QTRY_COMPARE(expression, expected) QTRY_COMPARE_WITH_TIMEOUT((expression), (expected), suite::patience)

/// Once in a file, after the class.
#define SUITE_TEST(Test) [[maybe_unused]] static const bool added##Test = suite::add(__FILE__, &suite::run<Test>);
/// Instead of it, before a body in the place of main's, with its argc and argv.
#define SUITE_MAIN(Test)                                                                                               \
    static int main##Test(int argc, char **argv);                                                                      \
    [[maybe_unused]] static const bool added##Test = suite::add(__FILE__, &main##Test);                                \
    static int main##Test([[maybe_unused]] int argc, [[maybe_unused]] char **argv)
