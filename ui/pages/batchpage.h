// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/systemclock.h"
#include "models/batchmodel.h"
#include "models/exportjob.h"
#include "words/batchwords.h"

#include <QWidget>

class QAction;
class QButtonGroup;
class QLabel;
class QProgressBar;
class QPushButton;
class QTableView;
class QTimer;
class QToolButton;

namespace retryscope {

class BatchCharts;
class BatchForm;

/// Batch: the prompts of a file or of a few lines, many at once, up to a ceiling of cost; a row a call, two pictures, exports.
class BatchPage : public QWidget
{
    Q_OBJECT
public:
    /// The engine and the theme must outlive the page.
    BatchPage(const Theme &theme, EngineClient &engine, QWidget *parent = nullptr);

    void setConfiguration(const Configuration &configuration);
    void setPrices(const PriceList &prices);
    BatchForm &form() { return *m_form; }
    /// As soon as what was typed has been looked at; nothing where it is not ready then.
    void run();
    void stop();
    bool isRunning() const { return m_run.isRunning(); }
    const BatchRun &batch() const { return m_run; }
    void setPathChooser(PathChooser chooser) { m_choosePath = std::move(chooser); }

signals:
    void callRequested(retryscope::CallId call);

private:
    QLayout *buildHead();
    QWidget *buildSplit();
    QWidget *buildLeft();
    QWidget *buildRight();
    QLayout *buildModes();
    void buildTable();
    void buildExport();
    void startReady();
    void onFinished();
    void touch();
    void refresh();
    void showSummary(const BatchReport &report);
    void showModes(const BatchRows &rows);
    void showEmpty();
    void showCall(const QModelIndex &index);
    void save(BatchFileFormat format, const QString &filter);

    const Theme &m_theme;
    SystemClock m_clock;
    BatchRun m_run;
    Configuration m_configuration;
    BatchModel *m_model;
    BatchForm *m_form;
    BatchCharts *m_charts;
    ExportJob *m_job;
    PathChooser m_choosePath = filePathChooser();
    QPushButton *m_start, *m_show;
    QToolButton *m_export, *m_setup, *m_fresh;
    QAction *m_texts = nullptr;
    QProgressBar *m_bar;
    QLabel *m_about, *m_progress, *m_empty, *m_message;
    QWidget *m_summary, *m_left = nullptr; ///< left: prompts and how they are sent; it makes room for what came
    QVector<QLabel *> m_tiles; ///< of the summary
    QTableView *m_table;
    QWidget *m_results;
    QButtonGroup *m_modes;
    QTimer *m_refresh;
    int m_failed = 0;
    bool m_wanted = false; ///< run as soon as the form is ready
};

} // namespace retryscope
