// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configurationdraft.h"
#include "crashtest/crashtest.h"
#include "models/crashtestmodel.h"
#include "models/exportjob.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QTableView;
class QToolButton;

namespace retryscope {

/// Crash test: what providers do wrong, played to the configuration that is in force or to the draft; verdicts, the setting
/// behind each, and reports.
class CrashTestPage : public QWidget
{
    Q_OBJECT
public:
    /// Tests what `draft` holds; it and the theme must outlive the page.
    CrashTestPage(const Theme &theme, const ConfigurationDraft &draft, CrashLimits limits = {}, QWidget *parent = nullptr);

    /// All cases, or those with these keys; does nothing while some are being run.
    void run(const QStringList &only = {});
    void stop();
    bool isRunning() const { return m_test.isRunning(); }
    CrashReport report() const;
    void setPathChooser(PathChooser chooser) { m_choosePath = std::move(chooser); }
    void select(const QString &key);

signals:
    /// The field stands there: {"retry", "max_attempts"}.
    void settingRequested(const retryscope::ConfigurationPath &path);

private:
    QLayout *buildHead();
    QLayout *buildProgress();
    QWidget *buildDetail();
    QWidget *buildTable();
    void buildExport();
    void onFinished(bool complete);
    void showProgress();
    void showDetail();
    void save(const QString &suggested, const QString &filter, QByteArray (*encode)(const CrashReport &));
    QString selectedKey() const;
    ConfigurationPath selectedSetting() const;

    const Theme &m_theme;
    const ConfigurationDraft &m_draft;
    CrashTest m_test;
    CrashTestModel *m_model;
    PathChooser m_choosePath = filePathChooser();
    ExportJob *m_job;
    QComboBox *m_what;
    QPushButton *m_run, *m_again, *m_tune;
    QToolButton *m_export;
    QProgressBar *m_bar;
    QLabel *m_score, *m_message, *m_detail;
    QTableView *m_table;
    Configuration m_configuration;   ///< what the results are of
    QString m_tested;                ///< its name
    QVector<ProviderId> m_providers; ///< its chain
    WallTime m_at{};
    SteadyTime m_begun{};
    Duration m_took{};
    bool m_complete = true;
};

} // namespace retryscope
