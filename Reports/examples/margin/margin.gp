# gnuplot margin.gp   makes margin.svg, margin.png from margin.csv
set encoding utf8
set datafile separator ','
set key outside top center horizontal noenhanced samplen 2 font ',11'
set border 3
set tics nomirror
set grid ytics linecolor rgb '#dddddd' linewidth 1
set linetype 1 linecolor rgb '#0072B2' linewidth 2
set linetype 2 linecolor rgb '#D55E00' linewidth 2
set linetype 3 linecolor rgb '#009E73' linewidth 2
set linetype 4 linecolor rgb '#CC79A7' linewidth 2
set linetype 5 linecolor rgb '#E69F00' linewidth 2
set linetype 6 linecolor rgb '#56B4E9' linewidth 2
set linetype 7 linecolor rgb '#000000' linewidth 2
set terminal svg size 640,400 font 'Helvetica,12' background '#ffffff'
set output 'margin.svg'
set title 'A: cifar10-resnet8-ikl-at.h5 (163aea3f)'."\n".'B: cifar10-resnet8-trades.h5 (2261a842)'."\n".'cifar10, 10000 images, clean' noenhanced font ',9'
set xlabel 'class'
set ylabel 'margin of A − margin of B (probability)'
set style fill solid 0.8 noborder
set xzeroaxis linetype -1
set yrange [*<0:0<*]
set xrange [-0.7:9.7]
set key off
set errorbars linecolor rgb '#000000' linewidth 1
plot 'margin.csv' every ::1 using 0:4:5:6:(0.7):xtic(int($0) % 1 == 0 ? stringcolumn(1) : '') with boxerrorbars linetype 1
set terminal pngcairo size 1280,800 font 'Helvetica,12' fontscale 2 linewidth 2 pointscale 2
set output 'margin.png'
replot
set output
